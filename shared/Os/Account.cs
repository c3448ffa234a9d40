using System.Globalization;
using System.Text;
using NetTools.Libc;

namespace NetTools.Os;

/// <summary>A user that a process of root's can become, passwd(5).</summary>
/// <param name="Name">Its name, or its number where the name is not known.</param>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Primary group id.</param>
public sealed record Account(string Name, uint Uid, uint Gid)
{
    private const string Passwd = "/etc/passwd";
    private const int MostBytes = 16 << 20;

    /// <summary>
    /// Who called sudo(8), by SUDO_UID and SUDO_GID; null unless this process is root's and the caller was another.
    /// </summary>
    public static Account? Invoking()
    {
        bool known = Number(Environment.GetEnvironmentVariable("SUDO_UID"), out uint uid)
            & Number(Environment.GetEnvironmentVariable("SUDO_GID"), out uint gid);
        return known && uid != 0 && Linux.getuid() == 0 ? new Account(uid.ToString(CultureInfo.InvariantCulture), uid, gid)
            : null;
    }

    /// <summary>The account of a name.</summary>
    /// <exception cref="OperationFailedException">There is none in /etc/passwd, or that cannot be read.</exception>
    public static Account Named(string name) => Find(name, ReadPasswd())
        ?? throw new OperationFailedException($"user {name} is not in {Passwd}");

    /// <summary>The first account that exists of several names, or null.</summary>
    public static Account? FirstOf(params ReadOnlySpan<string> names)
    {
        string[] lines = File.Exists(Passwd) ? ReadPasswd() : [];
        foreach (string name in names)
        {
            if (Find(name, lines) is Account account)
            {
                return account;
            }
        }

        return null;
    }

    /// <summary>Finds a name in the lines of passwd(5), or null; a malformed line is passed over.</summary>
    public static Account? Find(string name, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split(':') is [string found, _, string uid, string gid, ..] && found == name && Number(uid, out uint user)
                && Number(gid, out uint group))
            {
                return new Account(name, user, group);
            }
        }

        return null;
    }

    private static string[] ReadPasswd() => Encoding.UTF8.GetString(UserFile.Read(Passwd, MostBytes)).Split('\n');

    private static bool Number(string? text, out uint number) =>
        // -1 changes nothing
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
}
