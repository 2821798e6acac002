package config

import "errors"

// Validate checks a file by itself: its syntax, its keys and their values. It returns
// every key that no setting has, and the first other fault. No faults mean a file
// that can be used.
func Validate(file string) []error {
	data, err := readFile(file)
	if err != nil {
		return []error{err}
	}
	return ValidateText(file, data)
}

// ValidateText is Validate for a file that is not written yet.
func ValidateText(file string, data []byte) []error {
	d, err := parse(file, data)
	if err != nil {
		return []error{err}
	}
	var faults []error
	for _, found := range d.unknown {
		fault := unknown(found.key)
		faults = append(faults, d.fault(found, fault.Error(), fault.Hint()))
	}
	return faults
}

// Replace writes a whole file, which must be valid: a reader sees the old one or the
// new one.
func Replace(file string, data []byte) error {
	if faults := ValidateText(file, data); len(faults) > 0 {
		return errors.Join(faults...)
	}
	return writeFile(file, data)
}
