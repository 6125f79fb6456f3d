/** Reads of articles and categories: SQL, and rows as the contract shows them. */

import { HttpError } from "./errors.js";
import { statement } from "./db.js";

const COLUMNS = `a.id, a.title, a.slug, a.content, a.excerpt, a.status, a.author_id, a.category_id, a.featured_image,
  a.published_at, a.created_at, a.updated_at, u.name AS author_name, c.name AS category_name, c.slug AS category_slug`;
const JOINS = "JOIN users u ON u.id = a.author_id LEFT JOIN categories c ON c.id = a.category_id";
const CATEGORY = "SELECT id, name, slug, description, created_at FROM categories";

const findArticle = statement(`SELECT ${COLUMNS} FROM articles a ${JOINS} WHERE a.slug = $1 AND a.status = 'published'`);
const findCategory = statement(`${CATEGORY} WHERE id = $1`);
const allCategories = statement(`${CATEGORY} ORDER BY name, id`);

/** One statement per combination of filters and order, made at its first use: their number is bounded by the schema. */
const statements = new Map();

function prepared(text) {
  let found = statements.get(text);
  if (found === undefined) {
    found = statement(text);
    statements.set(text, found);
  }
  return found;
}

function toArticle(row) {
  const { author_name: author, category_name: name, category_slug: slug } = row;
  row.author = { id: row.author_id, name: author };
  row.category = row.category_id === null ? null : { id: row.category_id, name, slug };
  return row;
}

/** Anonymous callers see published articles whatever they ask for. */
function whereOf({ category, author, search }) {
  const values = [];
  const conditions = ["a.status = 'published'"];
  const add = (condition, value) => conditions.push(condition(`$${values.push(value)}`));
  // The inner SELECT makes PostgreSQL read the words once instead of once per row.
  if (search) {
    const query = (words) => `(SELECT websearch_to_tsquery('indonesian', ${words}) || websearch_to_tsquery('simple', ${words}))`;
    add((words) => `a.search_vector @@ ${query(words)}`, search);
  }
  if (category) add((slug) => `a.category_id = (SELECT id FROM categories WHERE slug = ${slug})`, category);
  if (author) add((id) => `a.author_id = ${id}`, author);
  return { where: conditions.join(" AND "), values };
}

export async function listArticles(filters) {
  const { page, limit, search, sortBy, sortOrder } = filters;
  const { where, values } = whereOf(filters);
  const rank = "ts_rank(a.search_vector, (SELECT websearch_to_tsquery('indonesian', $1) || websearch_to_tsquery('simple', $1))) DESC";
  const order = search ? `${rank}, a.id DESC` : `a.${sortBy} ${sortOrder}, a.id ${sortOrder}`;
  const paging = `LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
  // The page is chosen by id first, so that ranking and sorting never carry the articles' contents.
  const list = `
    WITH page AS MATERIALIZED (
      SELECT a.id, row_number() OVER (ORDER BY ${order}) AS position FROM articles a WHERE ${where} ORDER BY ${order} ${paging}
    )
    SELECT ${COLUMNS} FROM page p JOIN articles a ON a.id = p.id ${JOINS} ORDER BY p.position`;
  const [rows, [{ total }]] = await Promise.all([
    prepared(list)(...values, limit, (page - 1) * limit),
    prepared(`SELECT count(*)::int AS total FROM articles a WHERE ${where}`)(...values),
  ]);
  return {
    success: true,
    data: rows.map(toArticle),
    pagination: { page, limit, total, totalPages: Math.ceil(total / limit), hasNext: page * limit < total, hasPrev: page > 1 },
  };
}

export async function fetchArticle(slug) {
  const [row] = await findArticle(slug);
  if (row === undefined) throw new HttpError(404, "NOT_FOUND", "Article not found");
  return { success: true, data: toArticle(row) };
}

export async function fetchCategory(id) {
  const [row] = await findCategory(id);
  if (row === undefined) throw new HttpError(404, "NOT_FOUND", "Category not found");
  return { success: true, data: row };
}

export async function listCategories() {
  return { success: true, data: await allCategories() };
}
