package openaiauth

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

// device is a login that waits for a person on another machine.
type device struct {
	userCode string
	asked    int
	approved bool
}

// deviceRedirect is what a device sends as redirect_uri: the vendor's own page,
// which nobody visits.
const deviceRedirect = "https://auth.openai.com/deviceauth/callback"

type deviceRequest struct {
	Client   string `json:"client_id"`
	ID       string `json:"device_auth_id"`
	UserCode string `json:"user_code"`
}

func readDevice(r *http.Request) (deviceRequest, bool) {
	var d deviceRequest
	err := json.NewDecoder(io.LimitReader(r.Body, maxForm)).Decode(&d)
	return d, err == nil
}

func (s *Server) userCode(w http.ResponseWriter, r *http.Request) {
	d, ok := readDevice(r)
	switch {
	case s.options.NoDevice:
		answer{404, "not_found", "", inDetail}.send(w)
		return
	case !ok || d.Client != ClientID:
		answer{400, "invalid_request", "", inObject}.send(w)
		return
	}
	id := s.ledger.Mint("deviceauth_")
	random := strings.ToUpper(authority.Token(""))
	code := random[:4] + "-" + random[4:9]
	s.mu.Lock()
	s.devices[id] = &device{userCode: code}
	s.mu.Unlock()
	name := "user_code"
	if s.options.OldUserCode {
		name = "usercode"
	}
	sendJSON(w, map[string]any{"device_auth_id": id, name: code, "interval": strconv.Itoa(s.options.Interval)})
}

// deviceToken gives a code and the verifier that it goes with, once the person has
// agreed.
func (s *Server) deviceToken(w http.ResponseWriter, r *http.Request) {
	d, ok := readDevice(r)
	s.mu.Lock()
	waiting := s.devices[d.ID]
	agreed := false
	if waiting != nil {
		waiting.asked++
		agreed = waiting.approved || s.options.Polls >= 0 && waiting.asked > s.options.Polls
	}
	s.mu.Unlock()
	switch {
	case !ok || waiting == nil || waiting.userCode != d.UserCode:
		answer{400, "invalid_request", "", inObject}.send(w)
		return
	case !agreed:
		answer{s.options.PendingStatus, "deviceauth_authorization_unknown", "", inObject}.send(w)
		return
	}
	verifier := s.ledger.Mint("verifier-")
	challenge := authority.Challenge(verifier)
	code := s.ledger.NewCode("ac_/+=&", authority.Code{Challenge: challenge, Redirect: deviceRedirect})
	s.mu.Lock()
	delete(s.devices, d.ID)
	s.mu.Unlock()
	sendJSON(w, map[string]any{"authorization_code": code, "code_challenge": challenge, "code_verifier": verifier})
}

// Approve is what the person does with a code on the page. It reports whether some
// device waits for it.
func (s *Server) Approve(userCode string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.userCode == userCode {
			d.approved = true
			return true
		}
	}
	return false
}

// devicePage is the page that the person is sent to; with ?user_code= it agrees.
func (s *Server) devicePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	text := "Enter the code."
	if code := r.URL.Query().Get("user_code"); code != "" {
		text = "Unknown code."
		if s.Approve(code) {
			text = "Agreed."
		}
	}
	_, _ = io.WriteString(w, "<html><body><p id=text>"+text+"</p></body></html>")
}

func sendJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that left needs no answer
}
