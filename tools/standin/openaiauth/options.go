package openaiauth

import (
	"net/http"
	"time"
)

// ClientID is the one client that the vendor has for programs of this kind.
const ClientID = "app_EMoamEEZ73f0CkXaXp7hrann"

// Registered are the redirects that the vendor is known to take.
var Registered = []string{"http://localhost:1455/auth/callback", "http://localhost:1457/auth/callback"}

// Options are for [New]. The zero value is good.
type Options struct {
	// LifetimeSeconds is that of access tokens; 0 is ten days.
	LifetimeSeconds int `json:"lifetime_seconds,omitempty"`
	// Account, Plan and Email are who logs in: acc-standin, plus, someone@example.com.
	Account string `json:"account,omitempty"`
	Plan    string `json:"plan,omitempty"`
	Email   string `json:"email,omitempty"`
	FedRAMP bool   `json:"fedramp,omitempty"`

	// Redirects are the only ones that the page takes, exactly; nil takes any on
	// loopback. [Registered] are the vendor's.
	Redirects []string `json:"redirects,omitempty"`
	// Deny sends the browser back with this error instead of a code, for example
	// access_denied; DenyDescription comes with it.
	Deny            string `json:"deny,omitempty"`
	DenyDescription string `json:"deny_description,omitempty"`

	// NoDevice answers 404 to whoever asks for a device code.
	NoDevice bool `json:"no_device,omitempty"`
	// Interval is how many seconds a device is to wait between questions; 0 is 5.
	Interval int `json:"interval,omitempty"`
	// Polls is how many questions are answered as pending before the person has
	// agreed; -1 is until Approve is called or the page is opened with the code.
	Polls int `json:"polls,omitempty"`
	// PendingStatus is what pending is answered with: 403, the default, or 404.
	PendingStatus int `json:"pending_status,omitempty"`
	// OldUserCode names the field usercode, as older servers do.
	OldUserCode bool `json:"old_user_code,omitempty"`

	// Omit leaves these fields out of answers to refresh requests, for example
	// refresh_token, id_token, expires_in.
	Omit []string `json:"omit,omitempty"`
	// Failures are what the next token requests get, in order; see [Failures].
	Failures []Failure `json:"failures,omitempty"`

	// Before is called with each token request before anything is used up. It may
	// block, or answer by itself, which it says by returning true.
	Before func(w http.ResponseWriter, r *http.Request, grant string) (answered bool) `json:"-"`
}

// Failure is one answer of the token endpoint that is no token, so many times.
type Failure struct {
	Name  string `json:"name"`
	Times int    `json:"times,omitempty"` // 0 is once; -1 is for ever
}

func (o *Options) fill() {
	if o.LifetimeSeconds == 0 {
		o.LifetimeSeconds = int((10 * 24 * time.Hour).Seconds())
	}
	for field, value := range map[*string]string{&o.Account: "acc-standin", &o.Plan: "plus", &o.Email: "someone@example.com"} {
		if *field == "" {
			*field = value
		}
	}
	if o.Interval == 0 {
		o.Interval = 5
	}
	if o.PendingStatus == 0 {
		o.PendingStatus = http.StatusForbidden
	}
}
