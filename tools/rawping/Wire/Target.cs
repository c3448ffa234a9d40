namespace NetTools.RawPing.Wire;

/// <summary>A host to ping.</summary>
/// <param name="name">As the user wrote it, or null for the address itself.</param>
/// <param name="address">What the name stands for.</param>
internal class Target(string? name, HostAddress address)
{
    public string Name => name ?? Address.ToString();

    public HostAddress Address { get; } = address;

    /// <summary>It is a broadcast address.</summary>
    public virtual bool IsBroadcast => false; // no field: there may be many targets

    /// <summary>Others answer for it.</summary>
    public bool IsGroup => IsBroadcast || Address.IsMulticast;
}

/// <inheritdoc/>
internal sealed class BroadcastTarget(string? name, HostAddress address) : Target(name, address)
{
    public override bool IsBroadcast => true;
}

/// <summary>A host that could not be looked up.</summary>
/// <param name="Name">As the user wrote it.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record UnknownHost(string Name, string Reason);
