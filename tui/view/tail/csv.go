package tail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
)

// cellOf is data in a cell of a table. An absent key or value is an empty cell.
// Spreadsheets run what begins like a formula, so such a cell is quoted as they
// quote text.
func cellOf(data []byte) string {
	switch {
	case !utf8.Valid(data):
		return "base64:" + base64.StdEncoding.EncodeToString(data)
	case len(data) > 0 && strings.ContainsRune("=+-@\t\r", rune(data[0])):
		return "'" + string(data)
	}
	return string(data)
}

// headersCell is all headers in one cell: name=value, separated by line feeds.
func headersCell(rec *kgo.Record) string {
	lines := make([]string, len(rec.Headers))
	for i, h := range rec.Headers {
		lines[i] = h.Key + "=" + cellOf(h.Value)
	}
	return cellOf([]byte(strings.Join(lines, "\n")))
}
