using NetTools.RawPing.Probing;

namespace NetTools.Tests.RawPing;

/// <summary>Ignores every event.</summary>
internal sealed class SilentObserver : IPingObserver;
