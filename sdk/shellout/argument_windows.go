package shellout

// ArgumentLimit is how many bytes of a prompt fit on a command line with room for
// the other arguments: here all of them share 32,767 UTF-16 units.
const ArgumentLimit = 24_000
