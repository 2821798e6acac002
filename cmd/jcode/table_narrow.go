package main

import (
	"fmt"
	"slices"
	"strings"
)

// tableWithin is table on a terminal that may be too narrow: the spare columns are left
// out, in their order, until the rows fit, and stderr says which. Elsewhere every column
// is there, for scripts and pagers.
func (c *command) tableWithin(header []string, rows [][]string, spare ...string) error {
	var left []string
	if c.outTerminal {
		header, rows, left = narrow(header, rows, spare, c.width())
		cutTitles(header, rows, c.width())
	}
	if err := c.table(header, rows); err != nil || len(left) == 0 || c.inv.count("quiet") > 0 {
		return err
	}
	_, err := fmt.Fprintf(c.err, "%s: the terminal is too narrow for %s; --json has all\n", programName, strings.Join(left, ", "))
	return err
}

// narrow leaves out spare columns while the rows are wider than width, and no more than
// that takes. Zero is a width that nobody knows.
func narrow(header []string, rows [][]string, spare []string, width int) (head []string, body [][]string, left []string) {
	head, body = slices.Clone(header), slices.Clone(rows)
	for _, name := range spare {
		column := slices.Index(head, name)
		if width <= 0 || column < 0 || tableWidth(head, body) <= width {
			continue
		}
		head = slices.Delete(head, column, column+1)
		for i, row := range body {
			body[i] = slices.Delete(slices.Clone(row), column, column+1)
		}
		left = append(left, name)
	}
	return head, body, left
}

// titleColumn is of what a user said: its beginning is enough.
const titleColumn = "TITLE"

// cutTitles shortens the titles, which come last, when the table is still too wide.
func cutTitles(header []string, rows [][]string, width int) {
	const least = 12
	last := len(header) - 1
	if width <= 0 || header[last] != titleColumn {
		return
	}
	room := width - tableWidth(header[:last], rows) - 2
	for _, row := range rows {
		row[last] = fit(oneLine(row[last]), max(room, least))
	}
}

func tableWidth(header []string, rows [][]string) int {
	sum := 2 * (len(header) - 1)
	for column, name := range header {
		widest := cells(name)
		for _, row := range rows {
			widest = max(widest, cells(oneLine(row[column])))
		}
		sum += widest
	}
	return sum
}
