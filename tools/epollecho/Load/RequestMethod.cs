namespace NetTools.EpollEcho.Load;

/// <summary>The methods that the load generator knows.</summary>
internal enum RequestMethod
{
    /// <summary>For something.</summary>
    Get,

    /// <summary>For its head alone.</summary>
    Head,

    /// <summary>With a body.</summary>
    Post,
}
