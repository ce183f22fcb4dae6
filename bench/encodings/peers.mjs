import v8 from 'node:v8'
import * as devalue from 'devalue'
import { Packr } from 'msgpackr'
import superjson from 'superjson'
import { decodeValue, encodeValue } from '../../dist/codec/values.js'

const packr = new Packr({ structuredClone: true, moreTypes: true })
// Without extensions: what most projects that name MessagePack mean.
const plainPackr = new Packr({ useRecords: false })

/** Every form, as `encode` to something with bytes and flags, and `decode` of that. */
export const PEERS = {
  JSON: {
    encode: (value) => ({ bytes: Buffer.from(JSON.stringify(value)) }),
    decode: ({ bytes }) => JSON.parse(bytes.toString('utf8')),
  },
  ours: {
    encode: encodeValue,
    decode: ({ flags, bytes }) => decodeValue(flags, bytes),
  },
  'v8 serializer': {
    encode: (value) => ({ bytes: v8.serialize(value) }),
    decode: ({ bytes }) => v8.deserialize(bytes),
  },
  'msgpackr, structured': {
    encode: (value) => ({ bytes: packr.pack(value) }),
    decode: ({ bytes }) => packr.unpack(bytes),
  },
  'msgpackr, plain': {
    encode: (value) => ({ bytes: plainPackr.pack(value) }),
    decode: ({ bytes }) => plainPackr.unpack(bytes),
  },
  devalue: {
    encode: (value) => ({ bytes: Buffer.from(devalue.stringify(value)) }),
    decode: ({ bytes }) => devalue.parse(bytes.toString('utf8')),
  },
  superjson: {
    encode: (value) => ({ bytes: Buffer.from(superjson.stringify(value)) }),
    decode: ({ bytes }) => superjson.parse(bytes.toString('utf8')),
  },
}
