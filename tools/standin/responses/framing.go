package responses

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// framing is how events are written on the wire. The zero value is the vendor's.
type framing struct {
	crlf, noSpace, nameless, multiline, ids, done bool
}

func parseFraming(words string) (framing, error) {
	var f framing
	for word := range strings.SplitSeq(words, ",") {
		switch word {
		case "":
		case "crlf":
			f.crlf = true
		case "no_space":
			f.noSpace = true
		case "nameless":
			f.nameless = true
		case "multiline":
			f.multiline = true
		case "id":
			f.ids = true
		case "done":
			f.done = true
		default:
			return f, fmt.Errorf("framing %q: want crlf, no_space, nameless, multiline, id or done", word)
		}
	}
	return f, nil
}

// frame writes one event.
func (f framing) frame(event string, data []byte, sequence int) []byte {
	if f == (framing{}) || f == (framing{done: true}) {
		return wire.Frame(event, data)
	}
	end := "\n"
	if f.crlf {
		end = "\r\n"
	}
	var b bytes.Buffer
	if f.ids {
		b.WriteString("id: " + strconv.Itoa(sequence) + end + "retry: 3000" + end)
	}
	if !f.nameless {
		b.WriteString("event: " + event + end)
	}
	for _, line := range f.lines(data) {
		b.WriteString("data:")
		if !f.noSpace {
			b.WriteByte(' ')
		}
		b.Write(line)
		b.WriteString(end)
	}
	b.WriteString(end)
	return b.Bytes()
}

// lines cuts data after its first field, where JSON does not mind a line break.
func (f framing) lines(data []byte) [][]byte {
	if i := bytes.IndexByte(data, ','); f.multiline && i >= 0 {
		return [][]byte{data[:i+1], data[i+1:]}
	}
	return [][]byte{data}
}
