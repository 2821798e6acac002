package main

import (
	"io"
	"strings"
)

// table prints rows in columns, the last one as long as it is. Cells come from
// files and plugins, so they are cleaned.
func (c *command) table(header []string, rows [][]string) error {
	lines := append([][]string{header}, rows...)
	widths := make([]int, len(header))
	for i, row := range lines {
		for j := range row {
			if i > 0 {
				row[j] = oneLine(row[j])
			}
			if row[j] == "" {
				row[j] = "-"
			}
			widths[j] = max(widths[j], cells(row[j]))
		}
	}
	width := 0
	for _, w := range widths {
		width += w + 2
	}
	p := c.paint(c.outTerminal)
	var out, title strings.Builder
	writeRow(&title, header, widths)
	out.Grow((width + 1) * len(lines))
	out.WriteString(p.bold(title.String()) + "\n")
	for _, row := range rows {
		writeRow(&out, row, widths)
		out.WriteByte('\n')
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

// writeRow writes one line of a table, without its end.
func writeRow(out *strings.Builder, row []string, widths []int) {
	for j, cell := range row {
		out.WriteString(cell)
		if j == len(row)-1 {
			return
		}
		for range widths[j] - cells(cell) + 2 {
			out.WriteByte(' ')
		}
	}
}

// document is the JSON of a listing: {"schema": 1, NAME: rows}.
func document[T any](name string, rows []T) map[string]any {
	return map[string]any{"schema": 1, name: orEmpty(rows)}
}
