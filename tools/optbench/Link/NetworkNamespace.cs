using System.Runtime.InteropServices.Marshalling;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Link;

/// <summary>A network namespace by its name, as ip-netns(8) keeps it, or by a path such as /proc/123/ns/net.</summary>
internal sealed unsafe class NetworkNamespace : IDisposable
{
    private const string Own = "/proc/thread-self/ns/net";

    private readonly Descriptor _file;
    private readonly string _name;

    private NetworkNamespace(Descriptor file, string name)
    {
        _file = file;
        _name = name;
    }

    /// <summary>Opens a namespace.</summary>
    /// <param name="name">A name, or anything with a slash in it as a path.</param>
    /// <exception cref="LibcException">There is none: ENOENT.</exception>
    public static NetworkNamespace Open(string name)
    {
        string path = name.Contains('/') ? name : $"/run/netns/{name}";
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            return new(Descriptor.Open(open(text, O_RDONLY | O_CLOEXEC, 0), $"network namespace {name}",
                $"make it with: ip netns add {name}"), name);
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    /// <summary>Makes a new one that is gone when its last socket, device and descriptor are.</summary>
    /// <exception cref="LibcException">Not allowed: EPERM.</exception>
    public static NetworkNamespace Create()
    {
        using NetworkNamespace home = Open(Own);
        Errno.Check(unshare(CLONE_NEWNET), "creating a network namespace", "run with sudo");
        try
        {
            return Open(Own);
        }
        finally
        {
            Errno.Check(setns(home._file.Value, CLONE_NEWNET), "leaving the network namespace");
        }
    }

    /// <summary>The raw descriptor.</summary>
    public int FileDescriptor => _file.Value;

    /// <summary>
    /// A path by which a child can open it that keeps <see cref="FileDescriptor"/>: nobody else may look into our descriptors.
    /// </summary>
    public string PathInChild => $"/proc/self/fd/{_file.Value}";

    /// <summary>True when both are the same namespace.</summary>
    public bool IsSameAs(NetworkNamespace other) => Identity(_file.Value) == Identity(other._file.Value);

    /// <summary>Runs something on this thread inside the namespace, and comes back. What it opens stays in there.</summary>
    /// <exception cref="LibcException">Not allowed: EPERM.</exception>
    public T Inside<T>(Func<T> action)
    {
        using NetworkNamespace home = Open(Own);
        Errno.Check(setns(_file.Value, CLONE_NEWNET), $"entering network namespace {_name}", "run with sudo");
        try
        {
            return action();
        }
        finally
        {
            Errno.Check(setns(home._file.Value, CLONE_NEWNET), "leaving the network namespace");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static (ulong Device, ulong Inode) Identity(int descriptor)
    {
        Tmds.Linux.stat status;
        Errno.Check(fstat(descriptor, &status), "looking at a network namespace");
        return ((ulong)status.st_dev, (ulong)status.st_ino);
    }
}
