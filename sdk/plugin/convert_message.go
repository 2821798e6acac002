package plugin

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var errUnknownBlock = errors.New("a kind of content that this version does not know")

func messageToProto(m *sdk.Message) (*pb.Message, error) {
	blocks, err := blocksToProto(m.Blocks)
	if err != nil {
		return nil, err
	}
	return &pb.Message{
		Role: clean(string(m.Role)), Blocks: blocks, Id: clean(m.ID),
		Provider: clean(m.Provider), Model: clean(m.Model), Turn: int64(m.Turn),
	}, nil
}

func messageFromProto(m *pb.Message) (sdk.Message, error) {
	blocks, err := blocksFromProto(m.GetBlocks())
	if err != nil {
		return sdk.Message{}, err
	}
	return sdk.Message{
		Role: sdk.Role(m.GetRole()), Blocks: blocks, ID: m.GetId(),
		Provider: m.GetProvider(), Model: m.GetModel(), Turn: int(m.GetTurn()),
	}, nil
}

func messagesFromProto(wire []*pb.Message) ([]sdk.Message, error) {
	messages := make([]sdk.Message, 0, len(wire))
	for i := range wire {
		message, err := messageFromProto(wire[i])
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		messages = append(messages, message)
	}
	return nonNil(messages), nil
}

func blocksToProto(blocks []sdk.Block) ([]*pb.Block, error) {
	if len(blocks) == 0 {
		return nil, nil
	}
	out := make([]*pb.Block, 0, len(blocks))
	for _, block := range blocks {
		wire, err := blockToProto(block)
		if err != nil {
			return nil, err
		}
		out = append(out, wire)
	}
	return out, nil
}

func blocksFromProto(blocks []*pb.Block) ([]sdk.Block, error) {
	if len(blocks) == 0 {
		return nil, nil
	}
	out := make([]sdk.Block, 0, len(blocks))
	for _, wire := range blocks {
		block, err := blockFromProto(wire)
		if err != nil {
			return nil, err
		}
		out = append(out, block)
	}
	return out, nil
}

func blockToProto(block sdk.Block) (*pb.Block, error) {
	switch b := block.(type) {
	case sdk.Text:
		return &pb.Block{Block: &pb.Block_Text{Text: &pb.TextBlock{
			Text: clean(b.Text), MessageId: clean(b.MessageID),
		}}}, nil
	case sdk.Thinking:
		return &pb.Block{Block: &pb.Block_Thinking{Thinking: &pb.ThinkingBlock{
			Text: clean(b.Text), Signature: clean(b.Signature), Opaque: b.Opaque, Origin: clean(b.Origin),
		}}}, nil
	case sdk.Image:
		return &pb.Block{Block: &pb.Block_Image{Image: &pb.ImageBlock{
			MediaType: clean(b.MediaType), Data: b.Data,
		}}}, nil
	case sdk.ToolCall:
		return &pb.Block{Block: &pb.Block_ToolCall{ToolCall: &pb.ToolCallBlock{
			Id: clean(b.ID), Name: clean(b.Name), Input: b.Input, Malformed: clean(b.Malformed),
		}}}, nil
	case sdk.ToolResult:
		content, err := blocksToProto(b.Content)
		return &pb.Block{Block: &pb.Block_ToolResult{ToolResult: &pb.ToolResultBlock{
			ToolCallId: clean(b.ToolCallID), Content: content, IsError: b.IsError,
		}}}, err
	case sdk.NativeTool:
		return &pb.Block{Block: &pb.Block_NativeTool{NativeTool: nativeToProto(b)}}, nil
	}
	return nil, fmt.Errorf("%w (%T)", errUnknownBlock, block)
}

func blockFromProto(wire *pb.Block) (sdk.Block, error) {
	switch w := wire.GetBlock().(type) {
	case *pb.Block_Text:
		return sdk.Text{Text: w.Text.GetText(), MessageID: w.Text.GetMessageId()}, nil
	case *pb.Block_Thinking:
		return sdk.Thinking{
			Text: w.Thinking.GetText(), Signature: w.Thinking.GetSignature(),
			Opaque: nonEmpty[[]byte](w.Thinking.GetOpaque()), Origin: w.Thinking.GetOrigin(),
		}, nil
	case *pb.Block_Image:
		return sdk.Image{
			MediaType: w.Image.GetMediaType(), Data: nonEmpty[[]byte](w.Image.GetData()),
		}, nil
	case *pb.Block_ToolCall:
		return sdk.ToolCall{
			ID: w.ToolCall.GetId(), Name: w.ToolCall.GetName(),
			Input:     nonEmpty[json.RawMessage](w.ToolCall.GetInput()),
			Malformed: w.ToolCall.GetMalformed(),
		}, nil
	case *pb.Block_ToolResult:
		content, err := blocksFromProto(w.ToolResult.GetContent())
		if err != nil {
			return nil, err
		}
		return sdk.ToolResult{
			ToolCallID: w.ToolResult.GetToolCallId(), Content: content,
			IsError: w.ToolResult.GetIsError(),
		}, nil
	case *pb.Block_NativeTool:
		return nativeFromProto(w.NativeTool), nil
	}
	return nil, errUnknownBlock
}

func nativeToProto(t sdk.NativeTool) *pb.NativeToolBlock {
	return &pb.NativeToolBlock{
		Id: clean(t.ID), Name: clean(t.Name), Input: t.Input, Output: clean(t.Output),
		IsError: t.IsError, Denied: t.Denied, ParentId: clean(t.ParentID),
	}
}

func nativeFromProto(t *pb.NativeToolBlock) sdk.NativeTool {
	return sdk.NativeTool{
		ID: clean(t.GetId()), Name: clean(t.GetName()), Input: nonEmpty[json.RawMessage](t.GetInput()),
		Output: clean(t.GetOutput()), IsError: t.GetIsError(), Denied: t.GetDenied(),
		ParentID: clean(t.GetParentId()),
	}
}
