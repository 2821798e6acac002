//go:build !linux

package launch

import "os"

func newRuleset(wall) (*os.File, string, error) { return nil, "", errNoLandlock }

// inheritedPath is never reached: there is no sandbox here.
func inheritedPath(string, string) (string, error) { return "", errNoLandlock }
