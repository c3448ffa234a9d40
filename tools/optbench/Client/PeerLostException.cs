namespace NetTools.OptBench.Client;

/// <summary>The far end went away in the middle of a measurement: the tool ran, and the answer is no (exit code 1).</summary>
internal sealed class PeerLostException(string doing)
    : Exception($"{doing}: the server closed the connection or fell silent");
