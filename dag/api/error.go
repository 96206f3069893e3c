package api

// Error is what the server says is wrong.
type Error struct {
	Status  int    `json:"-"` // of HTTP
	Text    string `json:"error"`
	Unknown string `json:"unknown,omitempty" doc:"the operation or field that this version of the server does not have"`
}

// Error returns the server's words.
func (e *Error) Error() string { return e.Text }
