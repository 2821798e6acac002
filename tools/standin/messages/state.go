package messages

import (
	"strings"
	"sync"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// pausedTurns remembers what was sent with pause_turn, because only that may
// come back as the last message.
type pausedTurns struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (p *pausedTurns) add(out *prepared) {
	var m strict.Message
	for _, raw := range out.content {
		n, err := jsontree.Parse(raw)
		if err != nil {
			return // a raw block that is no JSON cannot come back either
		}
		m.Blocks = append(m.Blocks, strict.Block{Type: n.Get("type").Text(), Text: n.Get("text").Text(), Node: n})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[digest(m)] = true
}

func (p *pausedTurns) continues(m strict.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[digest(m)]
}

func digest(m strict.Message) string {
	var b strings.Builder
	for _, block := range m.Blocks {
		b.WriteString(block.Type + "\x00" + strings.TrimSpace(block.Text) + block.Field("id").Text() + "\x00")
	}
	return b.String()
}
