namespace NetTools.EpollEcho.Load;

/// <summary>The logs that are written while a load runs.</summary>
/// <param name="Requests">A line per request, or null.</param>
/// <param name="Seconds">The latencies of each second, or null.</param>
internal sealed record LoadLogs(RequestLog? Requests, ISecondsLog? Seconds);
