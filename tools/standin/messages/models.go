package messages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// Model is one model the server has.
type Model struct {
	ID        string
	Name      string   // display name
	Aliases   []string // also accepted as model, not listed
	Created   string   // RFC 3339
	MaxInput  int64
	MaxOutput int64
	Manual    bool     // supports thinking with a budget
	Adaptive  bool     // supports adaptive thinking
	Efforts   []string // supported effort levels
}

// DefaultModels are the models of a server that was given none, newest first.
func DefaultModels() []Model {
	efforts := []string{"low", "medium", "high", "xhigh", "max"}
	const m1, k200 = 1_000_000, 200_000
	const k128, k64 = 128_000, 64_000
	return []Model{
		{"claude-opus-5-5", "Claude Opus 5.5", nil, "2026-09-15T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-sonnet-5-5", "Claude Sonnet 5.5", nil, "2026-09-15T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-haiku-5-5", "Claude Haiku 5.5", nil, "2026-09-15T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-opus-5", "Claude Opus 5", nil, "2026-06-01T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-sonnet-5", "Claude Sonnet 5", nil, "2026-06-01T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-opus-4-8", "Claude Opus 4.8", nil, "2026-05-01T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-opus-4-7", "Claude Opus 4.7", nil, "2026-04-01T00:00:00Z", m1, k128, false, true, efforts},
		{"claude-opus-4-6", "Claude Opus 4.6", nil, "2026-02-05T00:00:00Z", k200, k128, true, true, efforts[:3]},
		{"claude-sonnet-4-6", "Claude Sonnet 4.6", nil, "2026-02-05T00:00:00Z", k200, k128, true, true, efforts[:3]},
		{"claude-opus-4-5-20251101", "Claude Opus 4.5", []string{"claude-opus-4-5"}, "2025-11-01T00:00:00Z", k200, k64, true, false, nil},
		{"claude-haiku-4-5-20251001", "Claude Haiku 4.5", []string{"claude-haiku-4-5"}, "2025-10-01T00:00:00Z", k200, k64, true, false, nil},
		{"claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", []string{"claude-sonnet-4-5"}, "2025-09-29T00:00:00Z", k200, k64, true, false, nil},
	}
}

func (s *Server) find(id string) (Model, bool) {
	for _, m := range s.models {
		if m.ID == id || slices.Contains(m.Aliases, id) {
			return m, true
		}
	}
	return Model{}, false
}

func (s *Server) model(id string) (strict.Model, bool) {
	m, ok := s.find(id)
	return strict.Model{ID: m.ID, MaxOutput: m.MaxOutput, Manual: m.Manual, Adaptive: m.Adaptive, Efforts: m.Efforts}, ok
}

const (
	defaultPage = 20
	largestPage = 1000
)

// serveModels lists the models page by page, as the vendor does: limit,
// after_id or before_id.
func (s *Server) serveModels(x *exchange.Exchange) {
	q := x.R.URL.Query()
	limit := defaultPage
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > largestPage {
			fail(x, http.StatusBadRequest, "limit: Input should be between 1 and 1000")
			return
		}
		limit = n
	}
	from, to := s.page(q.Get("after_id"), q.Get("before_id"), limit)
	list := map[string]any{"data": []any{}, "first_id": nil, "last_id": nil, "has_more": to < len(s.models)}
	if q.Get("before_id") != "" {
		list["has_more"] = from > 0
	}
	var data []any
	for _, m := range s.models[from:to] {
		data = append(data, m.wire())
	}
	if len(data) > 0 {
		list["data"], list["first_id"], list["last_id"] = data, s.models[from].ID, s.models[to-1].ID
	}
	x.JSON(list)
}

func (s *Server) page(after, before string, limit int) (from, to int) {
	index := func(id string) int {
		return slices.IndexFunc(s.models, func(m Model) bool { return m.ID == id })
	}
	if before != "" {
		to = max(0, index(before))
		return max(0, to-limit), to
	}
	if after != "" {
		from = index(after) + 1
	}
	return from, min(len(s.models), from+limit)
}

func (s *Server) serveModel(x *exchange.Exchange) {
	id := strings.TrimPrefix(x.R.URL.Path, "/v1/models/")
	m, ok := s.find(id)
	if !ok {
		sendError(x, http.StatusNotFound, errorBody("not_found_error", "model: "+id, nil, x.Rec.RequestID))
		return
	}
	x.JSON(m.wire())
}

func (m Model) wire() map[string]any {
	can := func(yes bool) map[string]any { return map[string]any{"supported": yes} }
	effort := can(len(m.Efforts) > 0)
	for _, level := range []string{"low", "medium", "high", "xhigh", "max"} {
		effort[level] = can(slices.Contains(m.Efforts, level))
	}
	return map[string]any{
		"type": "model", "id": m.ID, "display_name": m.Name, "created_at": m.Created,
		"max_input_tokens": m.MaxInput, "max_tokens": m.MaxOutput,
		"lifecycle": "active", "deprecated_at": nil, "retires_at": nil,
		"capabilities": map[string]any{
			"image_input": can(true), "effort": effort, "structured_outputs": can(true),
			"thinking": map[string]any{
				"supported": m.Manual || m.Adaptive,
				"types":     map[string]any{"enabled": can(m.Manual), "adaptive": can(m.Adaptive), "disabled": can(true)},
			},
		},
	}
}
