// Basic flows of the JavaScript client; each step that fails ends the program with its reason.
import * as k8s from '@kubernetes/client-node';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { PassThrough } from 'node:stream';

const [namespace, image] = process.argv.slice(2);
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const limit = 110_000;

async function step(name, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('took too long')), limit);
  });
  try {
    await Promise.race([work(), late]);
    console.log(`ok: ${name}`);
  } catch (error) {
    console.error(`failed: ${name}: ${error.stack ?? error}`);
    process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

function text(stream) {
  let all = '';
  stream.on('data', (chunk) => (all += chunk));
  return () => all;
}

await step('create, read, replace, patch, list, delete', async () => {
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'crud', labels: { by: 'node' } }, data: { a: '1' } } });
  const read = await core.readNamespacedConfigMap({ namespace, name: 'crud' });
  read.data.b = '2';
  await core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: read });
  await assert.rejects(core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: read }), (e) => e.code === 409);
  const patched = await core.patchNamespacedConfigMap({ namespace, name: 'crud', body: [{ op: 'remove', path: '/data/a' }] });
  assert.deepEqual(patched.data, { b: '2' });
  const merged = await core.patchNamespacedConfigMap(
    { namespace, name: 'crud', body: { data: { c: '3' } } },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
  );
  assert.deepEqual(merged.data, { b: '2', c: '3' });
  const listed = await core.listNamespacedConfigMap({ namespace, labelSelector: 'by=node' });
  assert.deepEqual(listed.items.map((each) => each.metadata.name), ['crud']);
  await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
  await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'crud' }), (e) => e.code === 404);
});

await step('apply without models', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace }, data: { a: '1' } };
  const applied = await objects.patch(object, undefined, undefined, 'node', true, k8s.PatchStrategy.ServerSideApply);
  assert.equal(applied.metadata.managedFields[0].manager, 'node');
  assert.equal(applied.metadata.managedFields[0].operation, 'Apply');
});

await step('informer', async () => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const seen = [];
  const done = new Promise((resolve) => {
    const note = (what) => (object) => {
      if (object.metadata.name !== 'watched') return;
      seen.push(`${what} ${object.data.n}`);
      if (what === 'delete') resolve();
    };
    for (const what of ['add', 'update', 'delete']) informer.on(what, note(what));
  });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' }, data: { n: '1' } } });
  await core.patchNamespacedConfigMap({ namespace, name: 'watched', body: [{ op: 'replace', path: '/data/n', value: '2' }] });
  await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
  await done;
  await informer.stop();
  assert.deepEqual(seen, ['add 1', 'update 2', 'delete 2']);
});

await step('a pod runs', async () => {
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'tools' },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{
          name: 'web',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', 'mkdir /w; echo page > /w/index.html; echo serving; exec httpd -f -p 8080 -h /w'],
          readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
        }],
      },
    },
  });
  for (;;) {
    const pod = await core.readNamespacedPod({ namespace, name: 'tools' });
    if (pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
});

await step('exec', async () => {
  const output = new PassThrough();
  const error = new PassThrough();
  const said = text(output);
  const complained = text(error);
  const status = await new Promise((resolve, reject) => {
    new k8s.Exec(config)
      .exec(namespace, 'tools', 'web', ['sh', '-c', 'echo out; echo err >&2; exit 5'], output, error, null, false, resolve)
      .catch(reject);
  });
  assert.equal(status.status, 'Failure');
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.equal(status.details.causes[0].message, '5');
  assert.equal(said(), 'out\n');
  assert.equal(complained(), 'err\n');
});

await step('logs', async () => {
  assert.equal(await core.readNamespacedPodLog({ namespace, name: 'tools' }), 'serving\n');
  const stream = new PassThrough();
  const abort = await new k8s.Log(config).log(namespace, 'tools', 'web', stream, { follow: true });
  const [chunk] = await once(stream, 'data');
  assert.equal(chunk.toString(), 'serving\n');
  abort.abort();
});

await step('port-forward', async () => {
  const forward = new k8s.PortForward(config);
  const server = net.createServer((socket) => forward.portForward(namespace, 'tools', [8080], socket, null, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.[01] 200/);
  socket.destroy();
  server.close();
});

process.exit(0);
