package messages

import (
	"strconv"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// deltaFrame is a content_block_delta whose delta has one text field. It is the
// one frame there are many of, so it is put together without encoding/json.
func deltaFrame(index int, kind, field, text string) []byte {
	b := make([]byte, 0, len(text)+128)
	b = append(b, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"...)
	b = strconv.AppendInt(b, int64(index), 10)
	b = append(b, `,"delta":{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","`...)
	b = append(b, field...)
	b = append(b, `":`...)
	b = wire.AppendString(b, text)
	return append(b, "}}\n\n"...)
}
