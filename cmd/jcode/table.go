package main

import (
	"io"
	"strings"
)

// table prints rows in columns, the last one as long as it is. Cells come from
// files and plugins, so they are cleaned.
func (c *command) table(header []string, rows [][]string) error {
	widths := make([]int, len(header))
	for i, row := range append([][]string{header}, rows...) {
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
	p := c.paint(c.outTerminal)
	var out strings.Builder
	for i, row := range append([][]string{header}, rows...) {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-cells(cell)+2))
			}
		}
		text := line.String()
		if i == 0 {
			text = p.bold(text)
		}
		out.WriteString(text + "\n")
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

// document is the JSON of a listing: {"schema": 1, NAME: rows}.
func document[T any](name string, rows []T) map[string]any {
	return map[string]any{"schema": 1, name: orEmpty(rows)}
}
