using NetTools.RawPing;

namespace NetTools.Tests.RawPing;

/// <summary>Is told of everything and does nothing.</summary>
internal sealed class SilentObserver : IPingObserver;
