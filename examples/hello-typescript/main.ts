type Greeting = { hello: string; path: string };

export default {
  fetch(request: Request): Response {
    const greeting: Greeting = { hello: "from Deno", path: new URL(request.url).pathname };
    return Response.json(greeting);
  },
};
