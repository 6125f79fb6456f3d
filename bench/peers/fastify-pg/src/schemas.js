/** JSON schemas: what comes in (checked by ajv) and what goes out (written by fast-json-stringify). */

const text = { type: "string" };
const integer = { type: "integer" };
const moment = { type: "string", format: "date-time" };
const nullable = (schema) => ({ ...schema, nullable: true });

const object = (properties) => ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false });
const answer = (data) => ({ 200: object({ success: { type: "boolean" }, data }) });

const category = object({ id: integer, name: text, slug: text, description: nullable(text), created_at: moment });

const articleFields = {
  id: integer,
  title: text,
  slug: text,
  content: text,
  excerpt: nullable(text),
  status: text,
  author_id: integer,
  category_id: nullable(integer),
  featured_image: nullable(text),
  published_at: nullable(moment),
  created_at: moment,
  updated_at: moment,
  author: object({ id: integer, name: text }),
  category: nullable(object({ id: integer, name: text, slug: text })),
};

const pagination = object({
  page: integer,
  limit: integer,
  total: integer,
  totalPages: integer,
  hasNext: { type: "boolean" },
  hasPrev: { type: "boolean" },
});

export const categoryRoute = {
  params: object({ id: { type: "integer", minimum: 1, maximum: 2 ** 31 - 1 } }),
  response: answer(category),
};

export const categoriesRoute = { response: answer({ type: "array", items: category }) };

export const articleRoute = { params: object({ slug: { type: "string", maxLength: 500 } }), response: answer(object(articleFields)) };

export const articlesRoute = {
  querystring: {
    type: "object",
    properties: {
      page: { type: "integer", minimum: 1, maximum: 1_000_000, default: 1 },
      limit: { type: "integer", minimum: 1, maximum: 50, default: 10 },
      status: { type: "string", enum: ["draft", "published", "archived"] },
      category: { type: "string", maxLength: 500 },
      search: { type: "string", maxLength: 100 },
      author: { type: "integer", minimum: 1, maximum: 2 ** 31 - 1 },
      sortBy: { type: "string", enum: ["created_at", "updated_at", "published_at", "title"], default: "created_at" },
      sortOrder: { type: "string", enum: ["asc", "desc"], default: "desc" },
    },
  },
  response: {
    200: object({ success: { type: "boolean" }, data: { type: "array", items: object(articleFields) }, pagination }),
  },
};
