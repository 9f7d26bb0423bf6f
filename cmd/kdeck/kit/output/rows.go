package output

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/kdeck/kdeck/tui/text"
)

// Rows prints rows as JSON, or as a table with these titles, which are separated by
// blanks. cells gives the cells of a row; an empty one is printed as -.
func Rows[T any](out io.Writer, f Format, titles string, rows []T, cells func(T) []string) error {
	if f.JSON() {
		if rows == nil {
			rows = []T{} // not null
		}
		return WriteJSON(out, rows)
	}
	table := make([][]string, len(rows))
	for i, row := range rows {
		table[i] = cells(row)
	}
	return Table(out, titles, table)
}

// Table prints a table with these titles, which are separated by blanks. An empty
// cell is printed as -.
func Table(out io.Writer, titles string, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.Join(strings.Fields(titles), "\t")) // Flush returns errors
	for _, row := range rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = OrDash(text.Clean(cell))
		}
		_, _ = fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	return w.Flush()
}

// Known is nil for a number that is not known (-1), and null in JSON.
func Known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

// Number is a number in a cell, which is empty when it is not known.
func Number[I ~int | ~int32 | ~int64](n *I) string {
	if n == nil {
		return ""
	}
	return Int(*n)
}

// Count is a number in a cell, which is empty when it is not known (-1).
func Count[I ~int | ~int16 | ~int32 | ~int64](n I) string { return Number(Known(int64(n))) }

// Int is a whole number in a cell.
func Int[I ~int | ~int32 | ~int64](n I) string { return strconv.FormatInt(int64(n), 10) }

// Reason is an error in a cell, which is empty without one.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// OrDash is the text of a cell, or - when there is none.
func OrDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
