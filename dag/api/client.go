package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Root is where the API is below the prefix of the pages.
const Root = "api/v1/"

const (
	callTimeout = 2 * time.Minute // of a call, from the first byte to the last
	maxAnswer   = 64 << 20        // bytes of an answer
	maxRefusal  = 64 << 10        // bytes that are read of another server's page
)

// Client calls the API of a server. Its methods may be called by several goroutines. They return an *[Error]
// for what the server refuses.
type Client struct {
	// HTTP carries the requests; it may be changed before the first: its Transport for certificates or
	// tokens, its Timeout for slow servers.
	HTTP *http.Client

	base           string // ends in Root
	user, password string
	known          bool // who asks
}

// NewClient returns a client of the server whose pages are at an address, their prefix included:
// "https://dags.example.com/flows". A user and a password in it are sent as basic authentication, and
// stand in no message.
func NewClient(address string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("api: the address of the server is not one such as https://host:8080/prefix") // it may hold a password
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("api: the address of the server ends in a query or a fragment, want one such as https://host:8080/prefix")
	}
	c := &Client{HTTP: &http.Client{Timeout: callTimeout, Transport: newTransport(), CheckRedirect: followNone}}
	if u.User != nil {
		password, _ := u.User.Password()
		c.SetBasicAuth(u.User.Username(), password)
		u.User = nil
	}
	c.base = strings.TrimSuffix(u.String(), "/") + "/" + Root
	return c, nil
}

// SetBasicAuth says who asks, in place of what the address says. It is called before the first request.
func (c *Client) SetBasicAuth(user, password string) {
	c.user, c.password, c.known = user, password, true
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: time.Minute,
	}
}

func followNone(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ask calls an operation that changes nothing.
func ask[Out any](ctx context.Context, c *Client, name string, in any) (out Out, err error) {
	address := c.base + name
	if query := queryOf(in); len(query) > 0 {
		address += "?" + query.Encode()
	}
	return call[Out](ctx, c, http.MethodGet, address, nil)
}

// order calls an operation that changes something.
func order[Out any](ctx context.Context, c *Client, name string, in any) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("api: %s: %w", name, err)
	}
	return call[Out](ctx, c, http.MethodPost, c.base+name, body)
}

// queryOf returns the fields of a struct that are not zero as a query.
func queryOf(in any) url.Values {
	query := url.Values{}
	v := reflect.ValueOf(in)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			query.Set(name, fmt.Sprint(f))
		}
	}
	return query
}

func call[Out any](ctx context.Context, c *Client, method, address string, body []byte) (out Out, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("api: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.known {
		r.SetBasicAuth(c.user, c.password)
	}
	res, err := c.HTTP.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		return out, fmt.Errorf("api: the server cannot be reached: %w", err)
	}
	defer res.Body.Close()
	return out, c.read(res, &out)
}

// read reads an answer, or says why it is none.
func (c *Client) read(res *http.Response, out any) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != "application/json" {
		_, _ = io.CopyN(io.Discard, res.Body, maxRefusal) // so that the connection can be used again
		return c.stranger(res, kind)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("api: the server's answer breaks off: %w", err)
	case len(data) > maxAnswer:
		return fmt.Errorf("api: the server's answer is larger than %d bytes", maxAnswer)
	}
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(data, out); err != nil {
			return fmt.Errorf("api: the server's answer is not what this version understands: %w", err)
		}
		return nil
	}
	e := &Error{Status: res.StatusCode}
	if err := json.Unmarshal(data, e); err != nil || e.Text == "" {
		return c.stranger(res, kind)
	}
	if e.Unknown != "" {
		e.Text += fmt.Sprintf("; the server is of another version, which lacks %q", e.Unknown)
	}
	return e
}

// stranger says what an answer means that is not the API's.
func (c *Client) stranger(res *http.Response, kind string) error {
	text := fmt.Sprintf("api: the server says %q", res.Status)
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized && c.known:
		text += ": it does not take this user and password"
	case code == http.StatusUnauthorized:
		text += ": it asks who you are"
	case code == http.StatusForbidden:
		text += ": that is not allowed to you"
	case code >= 300 && code < 400:
		text += fmt.Sprintf(" and leads to %s, which is not followed", destination(res))
	default:
		text += fmt.Sprintf(" with %q instead of JSON: is this the address of penstock's pages?", kind)
	}
	return &Error{Status: res.StatusCode, Text: text}
}

// destination is where a redirect leads, without what may be secret in it.
func destination(res *http.Response) string {
	u, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
