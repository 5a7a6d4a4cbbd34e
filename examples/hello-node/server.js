const http = require("node:http");
const ms = require("ms");

const started = Date.now();

http
  .createServer((request, response) => {
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.end(`Hello from Node.js, up for ${ms(Date.now() - started)}\n`);
  })
  .listen(process.env.PORT ?? 8080);
