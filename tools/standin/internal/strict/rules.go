package strict

// The vendor's error types that rules use.
const (
	authentication = "authentication_error"
	invalid        = "invalid_request_error"
	notFound       = "not_found_error"
	tooLargeType   = "request_too_large"
)

// rules is the table of violations. The messages are close to the vendor's;
// clients must not depend on them, only on status, type and details.
var rules = [ruleCount]Rule{
	// headers
	authMissing:    {"auth_missing", 401, authentication, "x-api-key header is required"},
	authKey:        {"auth_invalid_key", 401, authentication, "invalid x-api-key"},
	authBearer:     {"auth_invalid_bearer", 401, authentication, "Invalid bearer token"},
	authScheme:     {"auth_scheme", 401, authentication, "Authorization: the scheme must be Bearer"},
	authBoth:       {"auth_both", 401, authentication, "x-api-key and Authorization were both sent; send one of them"},
	methodUnknown:  {"method_not_allowed", 405, invalid, "Method Not Allowed"},
	pathUnknown:    {"path_unknown", 404, notFound, "Not found: %s"},
	versionMissing: {"version_missing", 400, invalid, "anthropic-version: header is required"},
	versionUnknown: {"version_unsupported", 400, invalid, "anthropic-version: %q is not a valid version"},
	contentType:    {"content_type", 400, invalid, "content-type: must be application/json, got %q"},
	accept:         {"accept", 406, invalid, "accept: %q matches neither application/json nor text/event-stream"},
	tooLarge:       {"request_too_large", 413, tooLargeType, "Request exceeds the maximum size"},

	// document
	jsonInvalid:       {"json_invalid", 400, invalid, "The request body is not valid JSON: %s"},
	bodyShape:         {"body_shape", 400, invalid, "The request body must be a JSON object"},
	fieldUnknown:      {"field_unknown", 400, invalid, "%s: Extra inputs are not permitted"},
	fieldRepeated:     {"field_repeated", 400, invalid, "%s: the key was sent twice"},
	modelMissing:      {"model_missing", 400, invalid, "model: Field required"},
	modelShape:        {"model_shape", 400, invalid, "model: Input should be a valid string"},
	modelUnknown:      {"model_unknown", 404, notFound, "model: %s"},
	maxTokensMissing:  {"max_tokens_missing", 400, invalid, "max_tokens: Field required"},
	maxTokensShape:    {"max_tokens_shape", 400, invalid, "max_tokens: Input should be a valid integer"},
	maxTokensSmall:    {"max_tokens_too_small", 400, invalid, "max_tokens: Input should be greater than or equal to 1"},
	maxTokensLarge:    {"max_tokens_too_large", 400, invalid, "max_tokens: %d > %d, which is the maximum allowed number of output tokens for %s"},
	streamShape:       {"stream_shape", 400, invalid, "stream: Input should be a valid boolean"},
	samplingShape:     {"sampling_shape", 400, invalid, "%s: Input should be a number in the allowed range"},
	stopSequences:     {"stop_sequences_shape", 400, invalid, "stop_sequences: each stop sequence must be a string containing non-whitespace"},
	metadataShape:     {"metadata_shape", 400, invalid, "metadata: Input should be an object whose user_id is a string"},
	outputConfig:      {"output_config_shape", 400, invalid, "output_config: Input should be an object with effort low, medium, high, xhigh or max"},
	effortUnsupported: {"effort_unsupported", 400, invalid, "This model does not support the effort parameter: %s is not supported by %s"},

	// messages
	messagesMissing: {"messages_missing", 400, invalid, "messages: Field required"},
	messagesShape:   {"messages_shape", 400, invalid, "messages: Input should be a valid list"},
	messagesEmpty:   {"messages_empty", 400, invalid, "messages: at least one message is required"},
	messageShape:    {"message_shape", 400, invalid, "messages.%d: Input should be a valid dictionary"},
	messageField:    {"message_field_unknown", 400, invalid, "messages.%d.%s: Extra inputs are not permitted"},
	roleInvalid:     {"role_invalid", 400, invalid, `messages: Unexpected role %q. Allowed roles are "user" or "assistant"`},
	firstNotUser:    {"first_not_user", 400, invalid, `messages: first message must use the "user" role`},
	rolesAlternate:  {"roles_alternate", 400, invalid, `messages: roles must alternate between "user" and "assistant", but found multiple %q roles in a row at messages.%d`},
	contentMissing:  {"content_missing", 400, invalid, "messages.%d.content: Field required"},
	contentShape:    {"content_shape", 400, invalid, "messages.%d.content: Input should be a valid string or list"},
	contentEmpty:    {"content_empty", 400, invalid, "messages.%d: all messages must have non-empty content except for the optional final assistant message"},
	trailingSpace:   {"trailing_whitespace", 400, invalid, "messages: final assistant content cannot end with trailing whitespace"},
	prefill:         {"prefill", 400, invalid, "This model does not support assistant message prefill. The conversation must end with a user message."},

	// blocks
	blockShape:       {"block_shape", 400, invalid, "%s: Input should be a valid dictionary"},
	blockType:        {"block_type_missing", 400, invalid, "%s: Unable to extract tag using discriminator 'type'"},
	blockUnknown:     {"block_type_unknown", 400, invalid, "%s: Input tag '%s' found using 'type' does not match any of the expected tags"},
	blockField:       {"block_field_unknown", 400, invalid, "%s.%s: Extra inputs are not permitted"},
	blockRole:        {"block_role", 400, invalid, "%s: `%s` blocks can not be in `%s` messages"},
	textMissing:      {"text_missing", 400, invalid, "%s.text: Input should be a valid string"},
	textEmpty:        {"text_empty", 400, invalid, "messages: text content blocks must be non-empty (%s)"},
	textBlank:        {"text_blank", 400, invalid, "messages: text content blocks must contain non-whitespace text (%s)"},
	toolUseID:        {"tool_use_id_charset", 400, invalid, "%s.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"},
	toolUseDuplicate: {"tool_use_id_duplicate", 400, invalid, "messages: `tool_use` ids must be unique: %s"},
	toolUseName:      {"tool_use_name", 400, invalid, "%s.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"},
	toolUseInput:     {"tool_use_input", 400, invalid, "%s.tool_use.input: Input should be a valid dictionary"},
	resultMissing:    {"tool_result_missing", 400, invalid, "messages.%d: `tool_use` ids were found without `tool_result` blocks immediately after: %s. Each `tool_use` block must have a corresponding `tool_result` block in the next message."},
	resultOrphan:     {"tool_result_orphan", 400, invalid, "%s: unexpected `tool_use_id` found in `tool_result` blocks: %s. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."},
	resultDuplicate:  {"tool_result_duplicate", 400, invalid, "%s: each tool_use must have a single result. Found multiple `tool_result` blocks with id: %s"},
	resultOrder:      {"tool_result_not_first", 400, invalid, "%s: `tool_result` blocks must come before any other content in the message"},
	resultShape:      {"tool_result_shape", 400, invalid, "%s.tool_result.%s: Input should be valid"},
	resultError:      {"tool_result_error_content", 400, invalid, `%s.tool_result: all content must be type "text" if "is_error" is true`},

	// thinking
	thinkingShape:       {"thinking_shape", 400, invalid, "thinking: Input should be enabled with an integer budget_tokens, adaptive or disabled"},
	thinkingUnsupported: {"thinking_unsupported", 400, invalid, "%s thinking is not supported on this model: %s"},
	budgetSmall:         {"thinking_budget_small", 400, invalid, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
	budgetLarge:         {"thinking_budget_large", 400, invalid, "`max_tokens` must be greater than `thinking.budget_tokens`"},
	thinkingTemperature: {"thinking_temperature", 400, invalid, "`temperature` may only be set to 1 when thinking is enabled"},
	thinkingTopP:        {"thinking_top_p", 400, invalid, "`top_p` must be between 0.95 and 1 or unset when thinking is enabled"},
	thinkingTopK:        {"thinking_top_k", 400, invalid, "`top_k` must be unset when thinking is enabled"},
	signatureMissing:    {"thinking_signature_missing", 400, invalid, "%s.thinking.signature: Field required"},
	signatureInvalid:    {"thinking_signature_invalid", 400, invalid, "%s: Invalid `signature` in `thinking` block"},
	redactedMissing:     {"redacted_data_missing", 400, invalid, "%s.redacted_thinking.data: Field required"},
	redactedInvalid:     {"redacted_data_invalid", 400, invalid, "%s: Invalid `data` in `redacted_thinking` block"},
	thinkingFirst:       {"thinking_not_first", 400, invalid, "%s: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block"},

	// tools
	toolsShape:        {"tools_shape", 400, invalid, "tools: Input should be a valid list of objects"},
	toolType:          {"tool_type_unknown", 400, invalid, "tools.%d: Input tag '%s' found using 'type' does not match any of the expected tags"},
	toolField:         {"tool_field_unknown", 400, invalid, "tools.%d.custom.%s: Extra inputs are not permitted"},
	toolNameMissing:   {"tool_name_missing", 400, invalid, "tools.%d.custom.name: Field required"},
	toolNameCharset:   {"tool_name_charset", 400, invalid, "tools.%d.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"},
	toolNameLength:    {"tool_name_length", 400, invalid, "tools.%d.custom.name: String should have at most 64 characters"},
	toolNameDuplicate: {"tool_name_duplicate", 400, invalid, "tools: Tool names must be unique: %s"},
	toolDescription:   {"tool_description_shape", 400, invalid, "tools.%d.custom.description: Input should be a valid string"},
	schemaMissing:     {"tool_schema_missing", 400, invalid, "tools.%d.custom.input_schema: Field required"},
	schemaType:        {"tool_schema_type", 400, invalid, "tools.%d.custom.input_schema.type: Input should be 'object'"},
	schemaUnion:       {"tool_schema_combinator", 400, invalid, "tools.%d.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"},
	choiceShape:       {"tool_choice_shape", 400, invalid, "tool_choice: Input should be auto, any, none or tool with a name"},
	choiceTools:       {"tool_choice_without_tools", 400, invalid, "tool_choice may only be specified while providing tools"},
	choiceUnknown:     {"tool_choice_unknown", 400, invalid, "tool_choice: Tool '%s' not found in provided tools"},
	choiceThinking:    {"tool_choice_thinking", 400, invalid, "Thinking may not be enabled when tool_choice forces tool use."},

	// cache
	cacheShape:    {"cache_control_shape", 400, invalid, `%s.cache_control: Input should be {"type":"ephemeral"} with an optional ttl`},
	cacheTTL:      {"cache_control_ttl", 400, invalid, "%s.cache_control.ephemeral.ttl: Input should be '5m' or '1h'"},
	cacheThinking: {"cache_control_on_thinking", 400, invalid, "%s.cache_control: Extra inputs are not permitted"},
	cacheEmpty:    {"cache_control_on_empty_text", 400, invalid, "%s: cache_control cannot be set for empty text blocks"},
	cacheMany:     {"cache_control_too_many", 400, invalid, "A maximum of 4 blocks with cache_control may be provided. Found %d."},
	cacheOrder:    {"cache_control_ttl_order", 400, invalid, "%s.cache_control: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"},

	// images
	imageSource:     {"image_source_shape", 400, invalid, "%s.image.source: Input should be base64 with media_type and data, or url with url"},
	imageMedia:      {"image_media_type", 400, invalid, "%s.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"},
	imageBase64:     {"image_base64", 400, invalid, "%s.image.source.base64: invalid base64 data"},
	imageSize:       {"image_too_large", 400, invalid, "%s.image.source.base64: image exceeds 5 MB maximum: %d bytes > 5242880 bytes"},
	imageMismatch:   {"image_media_mismatch", 400, invalid, "%s.image.source.base64: The image was specified using the %s media type, but the image appears to be a %s image"},
	imageBroken:     {"image_unreadable", 400, invalid, "%s: Could not process image"},
	imageDimensions: {"image_dimensions", 400, invalid, "%s.image.source.base64.data: At least one of the image dimensions exceed max allowed size: %d pixels"},

	// system
	systemShape: {"system_shape", 400, invalid, "system: Input should be a valid string or a list of text blocks"},
}
