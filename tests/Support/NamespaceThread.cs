using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetTools.Tests.Support;

/// <summary>A thread that enters a network namespace by setns(2), runs something there, and ends.</summary>
internal static class NamespaceThread
{
    private const int CLONE_NEWNET = 0x40000000;

    public static void Run(string path, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle(path);
                if (setns((int)file.DangerousGetHandle(), CLONE_NEWNET) != 0)
                {
                    throw new InvalidOperationException($"setns {path}: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(int fd, int nstype);
}
