package launch

import (
	"context"
	"fmt"
	"os"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// hostRole holds the JCODE_HOME of a host process that a test starts in order to
// kill it. The other values are the plugin's path, source and the verb to ask.
const hostRole = "LAUNCH_TEST_HOST"

// actHost starts a plugin, asks it for something, prints the process ids and waits
// to be killed.
func actHost() {
	p := discover.Plugin{
		Name: os.Getenv("LAUNCH_TEST_NAME"), Path: os.Getenv("LAUNCH_TEST_PATH"),
		Source: discover.Source(os.Getenv("LAUNCH_TEST_SOURCE")), Kind: discover.KindHTTP, SDKVersion: discover.Devel,
	}
	process, err := Start(context.Background(), p, Options{Home: os.Getenv(hostRole), Environ: os.Environ(), WorkingDir: "/"})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	stream := newCollector()
	if verb := os.Getenv("LAUNCH_TEST_VERB"); verb != "" {
		if _, err := process.Provider().Generate(context.Background(), request(verb), stream); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	fmt.Println("ready", process.Facts().PID, stream.text)
	select {}
}
