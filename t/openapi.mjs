/*
 * The OpenAPI document and the answers, judged by other people's code; t/111-openapi.t talks to it in lines of JSON:
 *
 *     {"document":{}}                     is it OpenAPI 3.1?  It stays the document of the questions that follow.
 *     {"schema":"/components/..","text":"{}"}   is the text what this JSON Schema (2020-12) of the document says?
 *
 * Each line is answered by a line: the list of what is wrong.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(join(dirname(fileURLToPath(import.meta.url)), '..', 'html', 'package.json'));
const { Validator } = await import(pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')));
const Ajv = require('ajv/dist/2020.js').default;
const ID = 'https://desk.example/openapi';
let ajv;

async function setDocument(document) {
  /* strict: a word that is none makes a schema invalid; those of the document around the schemas are no mistake */
  ajv = new Ajv({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
  require('ajv-formats').default(ajv);
  ajv.addVocabulary(['components', 'info', 'openapi', 'paths', 'security', 'servers', 'tags']);
  ajv.addSchema({ ...document, $id: ID });
  const { valid, errors } = await new Validator().validate(document);
  return valid ? [] : [errors].flat().map((e) => (typeof e === 'string' ? e : `${e.instancePath}: ${e.message}`));
}

function judge(schema, text) {
  try {
    const check = ajv.getSchema(`${ID}#${encodeURI(schema)}`);
    if (!check) return [`there is no schema ${schema}`];
    if (check(JSON.parse(text))) return [];
    return check.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${e.params.additionalProperty
      ?? e.params.unevaluatedProperty ?? ''}`.trim());
  } catch (e) {
    return [e.message];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  console.log(JSON.stringify(ask.document ? await setDocument(ask.document) : judge(ask.schema, ask.text)));
}
