using System.Globalization;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.PktSniff.Capture;

/// <summary>Stops being root: becomes the user named, else the one who called sudo(8).</summary>
internal static unsafe class RunAs
{
    private const string Passwd = "/etc/passwd";

    /// <summary>Takes over another user's numbers, on all threads; does nothing unless we are root.</summary>
    /// <param name="user">A name of /etc/passwd, <c>root</c> to stay, or null.</param>
    /// <returns>True when we were root and are no longer.</returns>
    /// <exception cref="OperationFailedException">There is no such user, or the kernel refuses.</exception>
    public static bool Become(string? user)
    {
        if (Linux.geteuid() != 0)
        {
            if (user is not null)
            {
                throw new OperationFailedException("-Z needs root");
            }

            return false;
        }

        (uint Uid, uint Gid)? target = user is null ? WhoCalledSudo() : LookUp(user, File.Exists(Passwd) ? File.ReadLines(Passwd) : []);
        if (target is not (uint uid, uint gid) || uid == 0)
        {
            return false;
        }

        gid_t group = gid;
        Errno.Check(LibC.setgroups(1, &group), "leaving root's groups");
        Errno.Check(Linux.setresgid(gid, gid, gid), "changing the group");
        Errno.Check(Linux.setresuid(uid, uid, uid), "changing the user");
        return true;
    }

    /// <summary>Finds a user in the lines of passwd(5).</summary>
    /// <exception cref="OperationFailedException">There is none of that name.</exception>
    public static (uint Uid, uint Gid) LookUp(string user, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split(':') is [string name, _, string uid, string gid, ..] && name == user && Number(uid) is uint u && Number(gid) is uint g)
            {
                return (u, g);
            }
        }

        throw new OperationFailedException($"-Z {user}: there is no such user in {Passwd}");
    }

    private static (uint Uid, uint Gid)? WhoCalledSudo() =>
        Number(Environment.GetEnvironmentVariable("SUDO_UID")) is uint uid && Number(Environment.GetEnvironmentVariable("SUDO_GID")) is uint gid
            ? (uid, gid) : null;

    private static uint? Number(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
