using System.Text;

namespace Etcdctl.Text;

/// <summary>A boxed table: headlines in capitals and centred, cells to the right.</summary>
internal static class AsciiTable
{
    public static string Render(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. Enumerable.Range(0, header.Count).Select(column => Math.Max(header[column].Length, rows.Select(row => row[column].Length).DefaultIfEmpty().Max()))];
        var line = new StringBuilder("+");
        foreach (int width in widths)
            line.Append('-', width + 2).Append('+');
        line.Append('\n');

        var table = new StringBuilder().Append(line);
        AppendRow(table, header, widths, static (cell, width) => Centre(cell.ToUpperInvariant(), width));
        table.Append(line);
        foreach (IReadOnlyList<string> row in rows)
            AppendRow(table, row, widths, static (cell, width) => cell.PadLeft(width));
        if (rows.Count > 0)
            table.Append(line);
        return table.ToString();
    }

    private static void AppendRow(StringBuilder table, IReadOnlyList<string> cells, int[] widths, Func<string, int, string> align)
    {
        table.Append('|');
        for (int column = 0; column < widths.Length; column++)
            table.Append(' ').Append(align(cells[column], widths[column])).Append(" |");
        table.Append('\n');
    }

    private static string Centre(string cell, int width)
    {
        int gap = width - cell.Length;
        return cell.PadLeft(cell.Length + (gap / 2)).PadRight(width);
    }
}
