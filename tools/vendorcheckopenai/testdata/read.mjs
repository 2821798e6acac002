// Reads streams with OpenAI's own npm package and prints what it made of each, as
// one line of JSON: node read.mjs BASE NAME…, with the package in node_modules of the
// working folder. BASE/NAME/v1 serves the stream NAME.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "x.js"));
const { default: OpenAI } = await import(pathToFileURL(require.resolve("openai")));
const [base, ...names] = process.argv.slice(2);

for (const name of names) {
  const out = { name, events: [], calls: [], text: "", error: "" };
  const client = new OpenAI({ apiKey: "key", baseURL: `${base}/${name}/v1`, maxRetries: 0 });
  try {
    const stream = client.responses.stream({ model: "gpt-5.5", input: [{ role: "user", content: "hi" }], store: false });
    for await (const event of stream) {
      out.events.push(event.type);
      if (event.type === "response.output_item.done" && event.item.type.endsWith("_call")) {
        out.calls.push({ name: event.item.name, call_id: event.item.call_id, arguments: event.item.arguments ?? event.item.input });
      }
    }
    const final = await stream.finalResponse();
    out.status = final.status;
    out.text = final.output_text;
    out.output = final.output;
  } catch (error) {
    out.error = `${error?.name}: ${error?.message}`;
  }
  console.log(JSON.stringify(out));
}
