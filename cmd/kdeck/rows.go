package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/kdeck/kdeck/tui/text"
)

// writeRows prints rows as JSON, or as a table with these titles; cells gives the
// cells of a row, "-" where there is nothing. Text of a cluster is made safe to
// print.
func writeRows[T any](out io.Writer, output, titles string, rows []T, cells func(T) []string) error {
	if output == "json" {
		if rows == nil {
			rows = []T{} // not null
		}
		return writeJSON(out, rows)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.Join(strings.Fields(titles), "\t")) // Flush tells errors
	for _, row := range rows {
		line := cells(row)
		for i, cell := range line {
			line[i] = orDash(text.Clean(cell))
		}
		_, _ = fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	return w.Flush()
}

// known is nil for a number that the cluster did not tell, and null in JSON.
func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

// number is a number in a cell, "-" when it is not known.
func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// checkFormat refuses a value of --output that is none of formats.
func checkFormat(output string, formats ...string) error {
	for _, f := range formats {
		if output == f {
			return nil
		}
	}
	return unknownFormat(output, formats...)
}
