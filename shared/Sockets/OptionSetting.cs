namespace NetTools.Sockets;

/// <summary>A socket option and the value to set it to, in the option's own unit.</summary>
/// <param name="Option">The option.</param>
/// <param name="Value">0 or 1 for a flag.</param>
public readonly record struct OptionSetting(SocketOption Option, int Value);
