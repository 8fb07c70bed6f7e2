# The demo worker. docker-compose.yml runs it twice, as two hosts.
# Not the slim one: it has the compiler for the native part.
FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Everything: the SDK is a peer dependency, so it is installed as a development one.
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY native ./native
COPY scripts ./scripts
COPY dev ./dev
COPY demo ./demo
RUN npm run build

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Kills need no privilege: a worker's children are its own user's.
USER node
CMD ["node", "dist/demo/worker.js"]
