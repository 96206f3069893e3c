package monary

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// headRows is how many rows a table's String shows.
const headRows = 10

// String returns the head of the table, aligned: a line of names and up to ten
// rows. Cells without a value are "null" ("missing" in an "any" column that
// knows), dates are in UTC, binaries are "subtype:base64".
func (t *Table) String() string {
	shown := min(t.rows, headRows)
	lines := make([]strings.Builder, shown+1)
	for i, c := range t.columns {
		if i > 0 {
			appendAll(lines, "  ")
		}
		appendColumn(lines, c)
	}
	var b strings.Builder
	for i := range lines {
		b.WriteString(strings.TrimRight(lines[i].String(), " "))
		b.WriteByte('\n')
	}
	if t.rows > shown {
		fmt.Fprintf(&b, "… %d more rows\n", t.rows-shown)
	}
	return b.String()
}

func appendAll(lines []strings.Builder, s string) {
	for i := range lines {
		lines[i].WriteString(s)
	}
}

// appendColumn adds a column's cells to the lines, all as wide as the widest:
// numbers to the right, the rest to the left.
func appendColumn(lines []strings.Builder, c *Series) {
	cells := []string{printable(c.Name())}
	for row := range len(lines) - 1 {
		cells = append(cells, printable(cellText(c, row)))
	}
	width := 0
	for _, cell := range cells {
		width = max(width, utf8.RuneCountInString(cell))
	}
	for i, cell := range cells {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		if isNumeric(c.Type().Kind) {
			lines[i].WriteString(pad + cell)
		} else {
			lines[i].WriteString(cell + pad)
		}
	}
}

func cellText(c *Series, row int) string {
	v := c.Value(row)
	if c.IsValid(row) {
		switch m := c.vector.(type) {
		case *matrix[float32]:
			return numbersText(m.row(row))
		case *matrix[float64]:
			return numbersText(m.row(row))
		}
	}
	switch v.Type() {
	case bson.TypeDateTime:
		return time.UnixMilli(int64(v.bits)).UTC().Format("2006-01-02T15:04:05.000Z")
	case bson.TypeObjectID:
		return bson.ObjectID(v.data).Hex()
	case bson.TypeDecimal128:
		return v.decimal().String()
	case bson.TypeTimestamp:
		return fmt.Sprintf("%d:%d", v.bits>>32, uint32(v.bits))
	case bson.TypeRegex:
		pattern, options, _ := bytes.Cut(v.data, []byte{0})
		return "/" + string(pattern) + "/" + strings.TrimSuffix(string(options), "\x00")
	case bson.TypeBinary:
		return binaryText(v)
	}
	return v.String()
}

// numbersText shows the first numbers of a vector.
func numbersText[T float32 | float64](numbers []T) string {
	const shown = 6
	if len(numbers) <= shown {
		return fmt.Sprint(numbers)
	}
	return strings.TrimSuffix(fmt.Sprint(numbers[:shown]), "]") + fmt.Sprintf(" … %d more]", len(numbers)-shown)
}

// binaryText is a UUID in its usual form, another binary in base64 behind its
// subtype.
func binaryText(v Value) string {
	subtype, data := binaryParts(v.data)
	if subtype == bson.TypeBinaryUUID && len(data) == 16 {
		return fmt.Sprintf("%x-%x-%x-%x-%x", data[:4], data[4:6], data[6:8], data[8:10], data[10:])
	}
	return fmt.Sprintf("%d:%s", subtype, base64.StdEncoding.EncodeToString(data))
}

// printable escapes what would break the table or reach the terminal.
func printable(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// isNumeric reports whether a column's cells are shown to the right.
func isNumeric(k Kind) bool {
	return k >= KindInt8 && k <= KindDecimal128 || k >= KindType && k <= KindLength
}
