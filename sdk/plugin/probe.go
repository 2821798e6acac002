package plugin

import (
	"errors"
	"io/fs"
	"os"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// Probe is what came of opening one path inside the plugin's process.
type Probe struct {
	Path     string
	Readable bool
	// Error says why it is not readable.
	Error string
}

// maxProbes bounds what a host may ask for.
const maxProbes = 32

// probe opens each path for reading, and closes it again.
func probe(paths []string) []Probe {
	if len(paths) > maxProbes {
		paths = paths[:maxProbes]
	}
	found := make([]Probe, 0, len(paths))
	for _, path := range paths {
		p := Probe{Path: path}
		f, err := os.Open(path)
		if err == nil {
			p.Readable = true
			_ = f.Close()
		} else {
			p.Error = causeOf(err)
		}
		found = append(found, p)
	}
	return found
}

func causeOf(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

func probesToProto(in []Probe) []*pb.ProbeResult {
	return convertAll(in, func(p Probe) *pb.ProbeResult {
		return &pb.ProbeResult{Path: clean(p.Path), Readable: p.Readable, Error: clean(p.Error)}
	})
}

func probesFromProto(in []*pb.ProbeResult) []Probe {
	return convertAll(in, func(p *pb.ProbeResult) Probe {
		return Probe{Path: clean(p.GetPath()), Readable: p.GetReadable(), Error: clean(p.GetError())}
	})
}
