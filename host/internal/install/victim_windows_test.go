package install

// Killing installers is tested where SIGKILL is.
const envVictim = "JCODE_TEST_VICTIM"

func victim() int { return 1 }
