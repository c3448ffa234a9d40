using NetTools.Os;

namespace NetTools.OptBench.Client;

/// <summary>
/// The far end's kernel does not know an option, or keeps it for others: what needs it cannot be measured there, all else can.
/// </summary>
internal sealed class OptionRefusedException(string message) : OperationFailedException(message);
