// Package openai is the provider for OpenAI's models: the Responses API, with a
// ChatGPT login over the backend that Codex uses, or with an API key.
//
// # A request and its answer
//
// [Provider.Generate] finds a credential, which decides the mode: address, headers
// and the fields of the body go together (contract.go). A pure builder turns the
// transcript into input items that the API accepts, in one pass. The reply's
// server-sent events go through a pure decoder straight to the stream. Between the
// two sits one loop, which sends three requests at most: it renews a refused login,
// leaves out what a model refuses, and waits where the vendor is overloaded, each
// only while nothing of the answer was shown.
//
// # Credentials
//
// The login lives in Codex's own file, auth.json in CODEX_HOME, in a form that the
// codex program goes on working with: every field is kept, its locks are taken for
// the moment of writing, and of two programs that renew at once one adopts what the
// other wrote. A key given to jcode is kept in the plugin's own folder.
package openai
