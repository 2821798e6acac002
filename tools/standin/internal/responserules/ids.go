package responserules

type ruleID int

const (

	// headers
	authMissing ruleID = iota
	authScheme
	authKey
	authScope
	authExpired
	authInvalid
	accountMissing
	accountWrong
	originatorMissing
	contentType
	contentEncoding
	accept
	methodUnknown
	pathUnknown
	versionMissing
	tooLarge

	// document
	jsonInvalid
	bodyShape
	fieldRepeated
	fieldUnknown
	fieldUnsupported
	modelMissing
	modelShape
	modelUnknown
	modelForeign
	inputMissing
	inputString
	inputShape
	inputEmpty
	instructionsMissing
	instructionsShape
	storeSet
	storeShape
	streamSet
	streamShape
	includeShape
	samplingUnsupported
	samplingShape
	outputLimit
	reasoningShape
	effortUnsupported
	reasoningUnsupported
	textShape
	parallelShape
	cacheKeyShape
	cacheRetention
	scalarShape
	previousUnknown

	// tools
	toolsShape
	toolType
	toolNested
	toolField
	toolNameMissing
	toolNameCharset
	toolNameLength
	toolNameDuplicate
	toolDescription
	toolStrictShape
	toolFormat
	schemaType
	schemaUnion
	schemaProperties
	schemaItems
	schemaBoolean
	schemaShape
	schemaUnique
	schemaRef
	schemaFormat
	strictAdditional
	strictRequired
	strictTyped
	strictKeyword
	choiceShape
	choiceTools
	choiceUnknown

	// items
	itemShape
	itemType
	itemField
	itemID
	itemNotFound
	itemAlone
	roleInvalid
	roleSystem
	contentMissing
	contentShape
	contentEmpty
	partShape
	partRole
	partField
	textMissing
	callIDMissing
	callIDLength
	callIDCharset
	callName
	argumentsShape
	argumentsJSON
	customInput
	outputShape
	outputMissing
	outputOrphan
	outputEarly
	outputDuplicate
	callDuplicate

	// reasoning
	summaryShape
	reasoningContent
	encryptedMissing
	encryptedLength
	encryptedInvalid
	encryptedForeign
	reasoningAlone

	// images
	imageSource
	imageDetail
	imageURL
	imageDownload
	imageBase64
	imageFormat
	imageMismatch
	imageBroken
	imageSize

	ruleCount
)
