package install

const envVictim = "X"

func victim() int { return 0 }
