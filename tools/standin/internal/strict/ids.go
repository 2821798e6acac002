package strict

type ruleID int

const (

	// headers
	authMissing ruleID = iota
	authKey
	authBearer
	authScheme
	authBoth
	methodUnknown
	pathUnknown
	versionMissing
	versionUnknown
	contentType
	accept
	tooLarge

	// document
	jsonInvalid
	bodyShape
	fieldUnknown
	fieldRepeated
	modelMissing
	modelShape
	modelUnknown
	maxTokensMissing
	maxTokensShape
	maxTokensSmall
	maxTokensLarge
	streamShape
	samplingShape
	stopSequences
	metadataShape
	outputConfig
	effortUnsupported

	// messages
	messagesMissing
	messagesShape
	messagesEmpty
	messageShape
	messageField
	roleInvalid
	firstNotUser
	rolesAlternate
	contentMissing
	contentShape
	contentEmpty
	trailingSpace
	prefill

	// blocks
	blockShape
	blockType
	blockUnknown
	blockField
	blockRole
	textMissing
	textEmpty
	textBlank
	toolUseID
	toolUseDuplicate
	toolUseName
	toolUseInput
	resultMissing
	resultOrphan
	resultDuplicate
	resultOrder
	resultShape
	resultError

	// thinking
	thinkingShape
	thinkingUnsupported
	budgetSmall
	budgetLarge
	thinkingTemperature
	thinkingTopP
	thinkingTopK
	signatureMissing
	signatureInvalid
	redactedMissing
	redactedInvalid
	thinkingFirst

	// tools
	toolsShape
	toolType
	toolField
	toolNameMissing
	toolNameCharset
	toolNameLength
	toolNameDuplicate
	toolDescription
	schemaMissing
	schemaType
	schemaUnion
	choiceShape
	choiceTools
	choiceUnknown
	choiceThinking

	// cache
	cacheShape
	cacheTTL
	cacheThinking
	cacheEmpty
	cacheMany
	cacheOrder

	// images
	imageSource
	imageMedia
	imageBase64
	imageSize
	imageMismatch
	imageBroken
	imageDimensions

	// system
	systemShape

	ruleCount
)
