/** Express 4 under the name that it is installed by, with the types of 5. */
declare module 'express4' {
  import express = require('express')
  export = express
}
