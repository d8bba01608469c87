package script

// SchemaURL is where the JSON Schema of the format is published, with the repository.
const SchemaURL = "https://raw.githubusercontent.com/s3chaos/s3chaos/main/scenarios/script/schema/scenario.json"

// SchemaLine is the first line of a scenario whose editor should check it while it is written. It
// is for editors with yaml-language-server.
const SchemaLine = "# yaml-language-server: $schema=" + SchemaURL + "\n"
