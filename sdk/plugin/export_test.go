package plugin

import "google.golang.org/grpc"

// CodecOption gives a server the codec that a plugin's has.
func CodecOption() grpc.ServerOption { return grpc.ForceServerCodecV2(newCodec()) }
