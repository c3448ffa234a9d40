namespace NetTools.EpollEcho.Send;

/// <summary>A switch with two positions.</summary>
internal enum OnOff
{
    /// <summary>It is on.</summary>
    On,

    /// <summary>It is off.</summary>
    Off,
}
