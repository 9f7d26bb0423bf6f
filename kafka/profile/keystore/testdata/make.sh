#!/bin/sh
# Makes the stores of this folder with OpenSSL and Java's keytool.
set -eu
cd "$(dirname "$0")"
ca=$(mktemp -d)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$ca/key" -out ca.pem -days 36500 -subj "/CN=kdeck test authority"
openssl req -newkey rsa:2048 -nodes -keyout client.key -out "$ca/csr" -subj "/CN=client"
openssl x509 -req -in "$ca/csr" -CA ca.pem -CAkey "$ca/key" -CAcreateserial -CAserial "$ca/serial" -days 36500 -out client.pem
rm -rf "$ca" ./*.jks ./*.p12 ./*.jceks
cat client.pem ca.pem >chain.pem
openssl pkcs12 -export -in client.pem -inkey client.key -certfile ca.pem -name me -passout pass:changeit -out key.p12
openssl pkcs12 -export -legacy -in client.pem -inkey client.key -certfile ca.pem -name me -passout pass:changeit -out key-legacy.p12
openssl pkcs12 -export -nokeys -in ca.pem -passout pass:changeit -out unmarked.p12
openssl pkcs8 -topk8 -v2 aes256 -in client.key -passout pass:keypass -out encrypted.key
openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in client.key -passout pass:keypass -out encrypted-pbes1.key
openssl rsa -aes128 -traditional -in client.key -passout pass:keypass -out traditional.key
trust() { keytool -importcert -noprompt -alias ca -file ca.pem -keystore "$1" -storepass changeit ${2:+-storetype $2}; }
import() {
	keytool -importkeystore -noprompt -srckeystore key.p12 -srcstorepass changeit -deststorepass changeit \
		-destkeystore "$1" -deststoretype "$2" ${3:+-destkeypass $3}
}
trust trust.jks JKS
trust trust.p12 PKCS12
import key.jks JKS keypass
import key.jceks JCEKS
import key-java.p12 PKCS12
cp key.jks both.jks && trust both.jks
cp key-java.p12 both.p12 && trust both.p12
