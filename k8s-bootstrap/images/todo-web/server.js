'use strict';
// A to-do list. Every item is in PostgreSQL before its answer goes out, so any number of these serve the same list.
//   GET /          the list as a page, with the name of the pod that made it
//   GET /items     the list as JSON
//   POST /items    one more item: the body is its text, or the page's form
//   GET /work      uses the processor for a tenth of a second, to have something to scale for
//   GET /ready     200 once the database answers
const http = require('node:http');
const os = require('node:os');
const { Pool } = require('pg');

const pool = new Pool({
  host: process.env.DB_HOST,
  user: 'todo',
  database: 'postgres',
  password: process.env.DB_PASSWORD,
  max: 4,
  connectionTimeoutMillis: 4000,
});
// a connection that breaks while it rests is replaced when it is needed
pool.on('error', () => {});

const LONGEST = 1000;
const MARKUP = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = text => text.replace(/[&<>"]/g, each => MARKUP[each]);

async function items() {
  return (await pool.query('SELECT id, text FROM items ORDER BY id')).rows;
}

function page(list) {
  const lines = list.map(item => `<li>${escaped(item.text)}</li>`).join('');
  return `<!doctype html><title>To do</title><h1>To do</h1><ol>${lines}</ol>
<form method="post" action="/items"><input name="text" maxlength="${LONGEST}" autofocus><button>Add</button></form>
<p>Made by ${escaped(os.hostname())}</p>`;
}

function body(request) {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', part => {
      text += part;
      if (text.length > 4 * LONGEST) reject(Object.assign(new Error('too long'), { status: 413 }));
    });
    request.on('end', () => resolve(text));
    request.on('error', reject);
  });
}

async function add(request, response) {
  const sent = await body(request);
  const form = sent.startsWith('text=');
  const text = (form ? new URLSearchParams(sent).get('text') || '' : sent).trim().slice(0, LONGEST);
  if (text) await pool.query('INSERT INTO items (text) VALUES ($1)', [text]);
  if (form) response.writeHead(303, { Location: '/' }).end();
  else response.writeHead(text ? 201 : 400).end();
}

function work() {
  const end = Date.now() + 100;
  let rounds = 0;
  while (Date.now() < end) rounds++;
  return rounds;
}

async function answer(request, response) {
  const asked = `${request.method} ${new URL(request.url, 'http://here').pathname}`;
  switch (asked) {
    case 'GET /':
      return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(await items()));
    case 'GET /items':
      return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await items()));
    case 'POST /items':
      return add(request, response);
    case 'GET /work':
      return response.end(`${work()}\n`);
    case 'GET /ready':
      await pool.query('CREATE TABLE IF NOT EXISTS items (id serial PRIMARY KEY, text text NOT NULL)');
      return response.end('ready\n');
    default:
      return response.writeHead(404).end('not found\n');
  }
}

const server = http.createServer((request, response) => {
  answer(request, response).catch(error => {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    if (!response.headersSent) response.writeHead(error.status || 503);
    response.end('not now\n');
  });
});
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
