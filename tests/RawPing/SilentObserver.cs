using NetTools.RawPing.Probing;

namespace NetTools.Tests.RawPing;

/// <summary>Is told of everything and does nothing.</summary>
internal sealed class SilentObserver : IPingObserver;
