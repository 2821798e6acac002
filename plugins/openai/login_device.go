package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	// deviceLimit is how long a code lives.
	deviceLimit     = 15 * time.Minute
	defaultInterval = 5 * time.Second
	longestInterval = time.Minute
	maxDeviceBody   = 64 << 10
	// devicePostLimit bounds one question; a server that never answers is asked again.
	devicePostLimit = 30 * time.Second
)

// errNoDeviceCodes is the server's 404: this account may not log in that way.
var errNoDeviceCodes = errors.New("logging in with a code is not enabled")

type deviceStart struct {
	ID       string          `json:"device_auth_id"`
	Code     string          `json:"user_code"`
	Alias    string          `json:"usercode"`
	Interval json.RawMessage `json:"interval"` // seconds, in quotes
}

// deviceGrant is the answer once the code was typed: the server made the verifier.
type deviceGrant struct {
	Code     string `json:"authorization_code"`
	Verifier string `json:"code_verifier"`
}

// withDevice shows a code to be typed on another device, and waits for that.
func (l *login) withDevice(ctx context.Context) (sdk.Account, error) {
	var start deviceStart
	status, err := l.post(ctx, l.at.userCode(), map[string]string{"client_id": clientID}, &start)
	switch {
	case err != nil:
		return sdk.Account{}, err
	case status == http.StatusNotFound:
		return sdk.Account{}, errNoDeviceCodes
	case status != http.StatusOK || start.ID == "" || firstOf(start.Code, start.Alias) == "":
		return sdk.Account{}, deviceFailure(status)
	}
	code := firstOf(start.Code, start.Alias)
	err = l.ui.DeviceCode(ctx, sdk.DeviceCode{
		UserCode: httpapi.Excerpt(code), VerificationURL: l.at.devicePage(), ExpiresIn: deviceLimit,
	})
	if err != nil {
		return sdk.Account{}, err
	}
	if err := l.ui.Progress(ctx, sdk.Progress{Text: "waiting for the code to be typed", Deadline: time.Now().Add(deviceLimit)}); err != nil {
		return sdk.Account{}, err
	}
	grant, err := l.poll(ctx, start, code)
	if err != nil {
		return sdk.Account{}, err
	}
	return l.exchange(ctx, sdk.NewSecret(grant.Code), sdk.NewSecret(grant.Verifier), l.at.deviceBack())
}

// poll asks at the server's pace: 403 and 404 mean that nobody typed the code yet.
func (l *login) poll(ctx context.Context, start deviceStart, code string) (deviceGrant, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, deviceLimit, errLoginTime)
	defer cancel()
	for {
		if err := l.provider.clock.Sleep(waiting, start.pace()); err != nil {
			return deviceGrant{}, err
		}
		var grant deviceGrant
		status, err := l.post(waiting, l.at.devicePoll(), map[string]string{"device_auth_id": start.ID, "user_code": code}, &grant)
		switch {
		case err != nil && waiting.Err() != nil:
			return deviceGrant{}, context.Cause(waiting)
		case err != nil && sdk.AsError(err).Retryable: // the network may come back
		case err != nil:
			return deviceGrant{}, err
		case status == http.StatusOK && grant.Code != "" && grant.Verifier != "":
			return grant, nil
		case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusTooManyRequests:
		default:
			return deviceGrant{}, deviceFailure(status)
		}
	}
}

// pace is the wait between questions.
func (s deviceStart) pace() time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(s.Interval), `"`), 64)
	if err != nil || seconds <= 0 {
		return defaultInterval
	}
	return min(httpapi.Seconds(seconds), longestInterval)
}

func deviceFailure(status int) error {
	e := &sdk.Error{
		Kind: sdk.KindUnauthenticated, Op: opLogin, HTTPStatus: status, Remedy: loginRemedy,
		Message: "logging in with a code failed (HTTP " + strconv.Itoa(status) + ")",
	}
	switch {
	case status >= http.StatusInternalServerError:
		e.Kind, e.Retryable, e.Remedy = sdk.KindOverloaded, true, laterRemedy
	case status == http.StatusTooManyRequests:
		e.Kind, e.Retryable, e.Remedy = sdk.KindRateLimited, true, laterRemedy
	}
	return e
}

// post sends JSON to the login server and reads the answer into out. The error is
// of the network only: statuses mean different things to different callers.
func (l *login) post(ctx context.Context, url string, body map[string]string, out any) (int, error) {
	client, err := l.provider.httpClient()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, devicePostLimit, httpapi.ErrIdle)
	defer cancel()
	text, _ := json.Marshal(body) // a map of strings always can
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return 0, &sdk.Error{Kind: sdk.KindConfiguration, Op: opLogin, Message: authVariable + " is not a URL"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", l.provider.userAgent())
	response, err := client.Do(request)
	if err != nil {
		return 0, noAnswer(ctx, opLogin, request.URL.Host, err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if isPage(response.Header) {
		return 0, &sdk.Error{
			Kind: sdk.KindNetwork, Op: opLogin, HTTPStatus: response.StatusCode, Remedy: networkRemedy,
			Message: "this is the network, not the login: a web page came from " + request.URL.Host,
		}
	}
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(io.LimitReader(response.Body, maxDeviceBody)).Decode(out)
	}
	if err != nil && context.Cause(ctx) != nil {
		return 0, noAnswer(ctx, opLogin, request.URL.Host, err)
	}
	if err != nil {
		return 0, &sdk.Error{Kind: sdk.KindNetwork, Op: opLogin, Message: "the login server's answer cannot be read", Remedy: laterRemedy}
	}
	return response.StatusCode, nil
}
